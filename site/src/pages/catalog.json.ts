import type { APIRoute } from "astro";
import { respond, catalogJson } from "../data/downloads.ts";

export const GET: APIRoute = async () => respond(await catalogJson());
