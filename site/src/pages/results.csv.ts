import type { APIRoute } from "astro";
import { respond, resultsCsv } from "../data/downloads.ts";

export const GET: APIRoute = async () => respond(await resultsCsv());
