// Units of systemd among a host's files: the one that counts of each name, with what is dropped in beside it. Which of them are run at boot:
// other-programs.ts.
import { join } from "node:path";
import type { SettingsFile } from "../../answers/boot/udev-rule-files.ts";
import { type UnitLines, unitLines } from "../../answers/boot/unit-lines.ts";
import { fileBelow, namesBelow, PLACES, readSettings } from "./settings-files.ts";

const UNITS = "systemd/system";

export class UnitFiles {
  readonly #root: string;
  /** What lies in each directory of units; it is looked at once. */
  #there: readonly (readonly [directory: string, names: ReadonlySet<string>])[] | undefined;

  /** @param root where / of the host is */
  constructor(root: string) {
    this.#root = root;
  }

  get #directories(): readonly (readonly [directory: string, names: ReadonlySet<string>])[] {
    this.#there ??= PLACES.map((place) => join(place, UNITS)).map((directory) => [
      directory,
      new Set(namesBelow(this.#root, directory)),
    ]);
    return this.#there;
  }

  #directoriesWith(name: string): readonly string[] {
    return this.#directories.filter(([, names]) => names.has(name)).map(([directory]) => directory);
  }

  /** Names in directories such as multi-user.target.wants. */
  namesIn(isMeant: (directory: string) => boolean): readonly string[] {
    return this.#directories.flatMap(([directory, names]) =>
      [...names].filter(isMeant).flatMap((name) => namesBelow(this.#root, join(directory, name))),
    );
  }

  /** Of a unit, or of the template that it is an instance of; one without text is masked. */
  file(name: string): SettingsFile | undefined {
    return namesOf(name)
      .flatMap((one) => this.#directoriesWith(one).map((directory) => fileBelow(this.#root, join(directory, one))))
      .find((file) => file !== undefined);
  }

  /** @param file of that unit */
  lines(name: string, file: SettingsFile): UnitLines {
    const folders = namesOf(name)
      .toReversed()
      .filter((one) => this.#directoriesWith(`${one}.d`).length > 0);
    const dropped = folders.flatMap((one) => readSettings(this.#root, `${UNITS}/${one}.d`, ".conf").files);
    return unitLines(name, [file, ...dropped]);
  }
}

/** Itself, and the template that it is an instance of. */
const namesOf = (name: string): readonly string[] => [...new Set([name, name.replace(/@[^@]*(\.\w+)$/, "@$1")])];
