/** Pictures made from a name: the same name gives the same picture. */

export function hash(text: string): number {
  let value = 2166136261;
  for (let index = 0; index < text.length; index += 1) {
    value = Math.imul(value ^ text.charCodeAt(index), 16777619);
  }
  return value >>> 0;
}

/** Numbers between 0 and 1 that follow from a seed. */
export function random(seed: number): () => number {
  let state = seed || 1;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
}

function ridge(next: () => number, width: number, base: number, height: number): string {
  const points: string[] = [`0,${base}`];
  const steps = 7;
  for (let step = 0; step <= steps; step += 1) {
    const x = (width / steps) * step;
    points.push(`${x.toFixed(0)},${(base - height * (0.25 + next() * 0.75)).toFixed(0)}`);
  }
  points.push(`${width},${base}`);
  return points.join(" ");
}

/** A landscape as an SVG of the given size. */
export function pictureSvg(name: string, width: number, height: number): string {
  const next = random(hash(name));
  const hue = Math.floor(next() * 360);
  const sky = (hue + 30) % 360;
  const sunX = width * (0.2 + next() * 0.6);
  const sunY = height * (0.2 + next() * 0.25);
  const layers = [0.55, 0.72, 0.9].map((at, index) => {
    const light = 58 - index * 17;
    const fill = `hsl(${hue},${34 + index * 6}%,${light}%)`;
    const points = ridge(next, width, height, height * (1.02 - at));
    return `<polygon fill="${fill}" points="${points}"/>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" preserveAspectRatio="xMidYMid slice">`,
    `<defs><linearGradient id="s" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="hsl(${sky},55%,38%)"/><stop offset="1" stop-color="hsl(${(sky + 40) % 360},75%,78%)"/></linearGradient></defs>`,
    `<rect width="${width}" height="${height}" fill="url(#s)"/>`,
    `<circle cx="${sunX.toFixed(0)}" cy="${sunY.toFixed(0)}" r="${(height * 0.09).toFixed(0)}" fill="hsl(45,90%,90%)"/>`,
    ...layers,
    "</svg>",
  ].join("");
}

export function pictureUrl(name: string, width: number, height: number): string {
  return `data:image/svg+xml;charset=utf-8,${encodeURIComponent(pictureSvg(name, width, height))}`;
}
