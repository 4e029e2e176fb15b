// A reporter for node:test beside the one people read: results are printed in the order of the files, so that a slow one silences the
// others. When nothing has been printed for a while, this one says on stderr what is going on.

const QUIET = 4_500;

// biome-ignore lint/style/noDefaultExport: node:test takes what a reporter exports as its default.
export default async function* progressReporter(source) {
  const begun = performance.now();
  const running = new Set();
  let done = 0;
  let said = begun;
  const timer = setInterval(() => {
    const now = performance.now();
    if (now - said < QUIET) return;
    said = now;
    const names = [...running].map((file) => file.replace(/^.*\/(?:dist|tests)\/|(?:\.test)?\.m?js$/g, ""));
    console.error(`apmatrix: testing ${names.join(", ")}, ${done} done ... ${Math.round((now - begun) / 1000)} s`);
  }, 500);
  try {
    for await (const { type, data } of source) {
      // A file of tests is a test itself, named by its path.
      const isFile = data?.nesting === 0 && data.name === data.file;
      if (type === "test:dequeue" && isFile) running.add(data.file);
      if (type === "test:complete" && isFile && running.delete(data.file)) done++;
      if (type === "test:pass" || type === "test:fail") said = performance.now();
    }
  } finally {
    clearInterval(timer);
  }
  yield "";
}
