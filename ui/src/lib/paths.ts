/** Addresses inside the window, after the `#`. */
export const paths = {
  models: "/models",
  runs: "/runs",
  library: "/library",
  model: (slug: string): string => `/models/${slug.split("/").map(encodeURIComponent).join("/")}`,
  run: (id: string): string => `/runs/${encodeURIComponent(id)}`,
} as const;
