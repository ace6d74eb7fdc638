import type { APIRoute } from "astro";
import { respond, resultsJson } from "../data/downloads.ts";

export const GET: APIRoute = async () => respond(await resultsJson());
