import type { DataFlow, FlowBlock } from "@epochmark/schema";
import { formatCount } from "../../data/format.ts";
import { flowLayout, flowSize } from "../../data/flow-layout.ts";
import type { Words } from "../../i18n/index.ts";

type Props = { flow: DataFlow; name: string; words: Words };

/** Characters of a name that a box has room for. */
const room = 34;

/** A network's data flow, top to bottom: a box a module with its share of the FLOPs, an arrow for what it reads. */
export const FlowFigure = ({ flow, name, words }: Props) => {
  const { boxes, straight, arcs, width, height } = flowLayout(flow);
  const total = flow.blocks.reduce((sum, { flops }) => sum + flops, 0);
  const { box } = flowSize;
  return (
    <svg
      class="flow"
      viewBox={`0 0 ${width} ${height}`}
      width={width}
      height={height}
      role="img"
      aria-label={`${words.model.flow}: ${name}`}
    >
      <defs>
        <marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
          <path d="M0 0L8 4L0 8Z" />
        </marker>
      </defs>
      {straight.map(({ x, from, to }) => (
        <path key={`s${from}`} class="edge" d={`M${x} ${from}V${to}`} marker-end="url(#arrow)" />
      ))}
      {arcs.map(({ from, to, lane }) => (
        <path
          key={`${from} ${to} ${lane}`}
          class="edge"
          d={`M${box.width} ${from}H${lane - 6}Q${lane} ${from} ${lane} ${from + 6}V${to - 6}Q${lane} ${to} ${lane - 6} ${to}H${box.width}`}
          marker-end="url(#arrow)"
        />
      ))}
      {flow.blocks.map((block, i) => (
        <g key={block.name + i} class={block.kind} transform={`translate(0 ${boxes[i]!})`}>
          <rect width={box.width} height={box.height} rx={block.kind === "module" ? 4 : box.height / 2} />
          <text class="name" x="14" y="20">
            {shortened(block.name)}
          </text>
          {block.repeat > 1 && (
            <text class="repeat" x={box.width - 12} y="20">
              ×{block.repeat}
            </text>
          )}
          <text class="detail" x="14" y="37">
            {detailOf(block)}
          </text>
          {block.flops > 0 && (
            <>
              <rect class="track" x="0" y={box.height - 4} width={box.width} height="4" />
              <rect class="share" x="0" y={box.height - 4} width={(box.width * block.flops) / total} height="4" />
            </>
          )}
          {block.flops > 0 && (
            <text class="percent" x={box.width - 12} y="37">
              {share(block.flops / total)}
            </text>
          )}
        </g>
      ))}
    </svg>
  );
};

const shortened = (name: string): string => (name.length <= room ? name : `…${name.slice(1 - room)}`);

const detailOf = ({ kind, shape, parameters }: FlowBlock): string => {
  const size = shape.join("×");
  return kind === "module" && parameters > 0 ? `${size} · ${formatCount(parameters)}` : size;
};

const share = (part: number): string => (part < 0.01 ? "<1 %" : `${Math.round(part * 100)} %`);
