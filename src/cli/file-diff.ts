// What becomes of a small file, line by line, for people: "+" before what comes, "-" before what goes.

/** @param before undefined: it is not there; @param after undefined: it goes */
export function fileDiff(before: string | undefined, after: string | undefined): readonly string[] {
  const [old, fresh] = [linesOf(before), linesOf(after)];
  // Longest common run of the rests, by where they begin.
  const common = Array.from({ length: old.length + 1 }, () => new Array<number>(fresh.length + 1).fill(0));
  const at = (i: number, j: number): number => common[i]?.[j] ?? 0;
  for (let i = old.length - 1; i >= 0; i--)
    for (let j = fresh.length - 1; j >= 0; j--)
      (common[i] as number[])[j] = old[i] === fresh[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const lines: string[] = [];
  for (let [i, j] = [0, 0]; i < old.length || j < fresh.length; ) {
    if (i < old.length && j < fresh.length && old[i] === fresh[j]) {
      lines.push(`  ${old[i++]}`);
      j++;
    } else if (j >= fresh.length || (i < old.length && at(i + 1, j) >= at(i, j + 1))) lines.push(`- ${old[i++]}`);
    else lines.push(`+ ${fresh[j++]}`);
  }
  return lines;
}

const linesOf = (text = ""): readonly string[] => (text === "" ? [] : text.replace(/\n$/, "").split("\n"));
