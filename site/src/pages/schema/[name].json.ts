import { jsonSchemaFiles } from "@epochmark/schema/json-schema";
import type { APIRoute } from "astro";

type Props = { text: string };

export const getStaticPaths = (): { params: { name: string }; props: Props }[] =>
  jsonSchemaFiles().map(({ fileName, text }) => ({
    params: { name: fileName.replace(/\.json$/, "") },
    props: { text },
  }));

/** A JSON Schema as it lies in the repository. */
export const GET: APIRoute<Props> = ({ props }) =>
  new Response(props.text, { headers: { "content-type": "application/json; charset=utf-8" } });
