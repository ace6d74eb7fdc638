import { definePlugin } from "@epochmark/plugin-kit";
import { model } from "./model.ts";

export default definePlugin({
  id: "my-paper",
  title: "My paper",
  version: "0.1.0",
  papers: [{ title: "Title of the paper", authors: "Authors", venue: "Venue and year", url: "https://example.org" }],
  // What a plain `bench` runs of this family.
  defaultModel: "my-paper",
  models: [model],
});
