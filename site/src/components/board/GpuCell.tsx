import type { Line } from "../../board/columns.ts";
import type { Links } from "../../data/links.ts";
import type { Words } from "../../i18n/index.ts";

type Props = { line: Line; words: Words; links: Links };

/** Name of a GPU, leading to its page, with what a buyer asks first. */
export const GpuCell = ({ line: { gpuInfo }, words, links }: Props) => {
  const { id, name, kind, memoryGiB, year } = gpuInfo;
  const size = memoryGiB !== null && kind !== "cpu" ? `${memoryGiB} GB` : null;
  const facts = [kind === "discrete" ? null : words.deviceKinds[kind], size, year].filter((fact) => fact !== null);
  return (
    <>
      <a href={links.gpu(id)}>
        <bdi>{name}</bdi>
      </a>
      <span class="quiet">{facts.join(" · ")}</span>
    </>
  );
};
