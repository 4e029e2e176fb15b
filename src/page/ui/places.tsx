// Where one is: on the host or inside a guest, and the guests that one can go into. Only where guests have a Linux of their own.
import { shortened } from "../../system/ap/quoted.ts";
import { goIn, goInto, guestsToGoInto } from "./going-inside.ts";
import type { Moment } from "./moment.ts";

/** More of them are a list. */
const FEW = 4;

export function Places({ moment: { session, index, runs } }: { readonly moment: Moment }) {
  if (!session.timeline.hasInside) return null;
  const names = session.path === "" ? [] : session.path.split("/");
  const inner = guestsToGoInto(session, index);
  return (
    <nav class="places" aria-label="Where">
      <ol>
        {["", ...names].map((name, depth) => {
          const path = names.slice(0, depth).join("/");
          const word = depth === 0 ? "host" : shortened(name);
          return (
            <li key={path}>
              {path === session.path ? (
                <strong aria-current="location">{word}</strong>
              ) : (
                <button type="button" class="link" title={`Out to ${word} (u)`} onClick={() => goInto(path)}>
                  {word}
                </button>
              )}
            </li>
          );
        })}
      </ol>
      {runs ? <Inner names={inner} /> : <span class="bad">{shortened(session.path)} does not run at this moment</span>}
    </nav>
  );
}

function Inner({ names }: { readonly names: readonly string[] }) {
  if (names.length === 0) return <span class="hint">no guest runs here</span>;
  if (names.length <= FEW)
    return (
      <span class="buttons">
        {names.map((name) => (
          <button type="button" key={name} title={`Go inside ${shortened(name)} (i)`} onClick={() => goIn(name)}>
            Go inside {shortened(name)}
          </button>
        ))}
      </span>
    );
  return (
    <select
      aria-label="Go inside"
      value=""
      onChange={({ currentTarget }) => {
        goIn(currentTarget.value);
        currentTarget.value = "";
      }}
    >
      <option value="">Go inside …</option>
      {names.map((name) => (
        <option key={name} value={name}>
          {shortened(name)}
        </option>
      ))}
    </select>
  );
}
