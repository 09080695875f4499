// These functions run in the page too, as in timeline-scene.ts.
export function colourOfApi(api: string): string {
  const colours: Readonly<Record<string, string>> = {
    Produce: "#1565c0",
    Fetch: "#2e7d32",
    Metadata: "#8d6e63",
    ApiVersions: "#9e9e9e",
    InitProducerId: "#6a1b9a",
    ListOffsets: "#00838f",
  };
  return colours[api] ?? "#546e7a";
}

export function colourOfMark(kind: string): string {
  const colours: Readonly<Record<string, string>> = {
    note: "#37474f",
    send: "#1565c0",
    ack: "#2e7d32",
    deliver: "#00838f",
    seek: "#00838f",
    close: "#37474f",
    said: "#ef6c00",
    fail: "#d84315",
    crash: "#b00020",
    failure: "#b00020",
    leak: "#b00020",
  };
  return colours[kind] ?? "#37474f";
}
