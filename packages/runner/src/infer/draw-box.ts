import type { Box } from "@epochmark/plugin-kit";
import type { Photograph } from "@epochmark/plugin-kit/data";

const colour = [255, 64, 0];

/** A copy of the picture with the box's outline, as wide as 1/200 of the shorter side; what lies outside is left out. */
export function drawBox(photograph: Photograph, box: Box): Photograph {
  const { width, height } = photograph;
  const pixels = photograph.pixels.slice();
  const line = Math.max(1, Math.round(Math.min(width, height) / 200));
  const [left, top] = [Math.round(box.x), Math.round(box.y)];
  const [right, bottom] = [Math.round(box.x + box.width), Math.round(box.y + box.height)];
  for (let y = Math.max(0, top); y < Math.min(height, bottom); y++)
    for (let x = Math.max(0, left); x < Math.min(width, right); x++) {
      const inside = x >= left + line && x < right - line && y >= top + line && y < bottom - line;
      if (!inside) pixels.set(colour, (y * width + x) * 3);
    }
  return { ...photograph, pixels };
}
