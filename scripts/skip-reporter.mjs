// A reporter for node:test beside the one people read: each skipped test as a line of JSON, for the summary of test.mjs.

// biome-ignore lint/style/noDefaultExport: node:test takes what a reporter exports as its default.
export default async function* skipReporter(source) {
  for await (const { type, data } of source) {
    if (type !== "test:pass" && type !== "test:fail") continue;
    if (data.skip === undefined || data.skip === false) continue;
    yield `${JSON.stringify({ name: data.name, file: data.file, reason: data.skip === true ? "" : data.skip })}\n`;
  }
}
