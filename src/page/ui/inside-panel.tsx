// The other side: what the guests that have a Linux of their own have not noticed of what they were given, and a way into each.
import { useMemo } from "preact/hooks";
import { isRemarkable } from "../../answers/inside/guest-inside.ts";
import { insideSentence } from "../../answers/inside/inside-text.ts";
import { queuesAround } from "../../answers/inside/levels.ts";
import type { Apqn } from "../../system/ap/apqn.ts";
import { groupBy } from "../../system/ap/group-by.ts";
import { shortened } from "../../system/ap/quoted.ts";
import { mdevNamed } from "../../system/sysfs/mdev-names.ts";
import type { Question } from "../board/question.ts";
import { goIn } from "./going-inside.ts";
import { type Moment, shownInside } from "./moment.ts";
import { act, shownHost } from "./page.ts";
import { sentence } from "./sentence.ts";
import { Queues } from "./step-words.tsx";

/** What guests make of a queue: the one that the question is about, and those whose buses still show it. */
export function insideWords({ apqn, mdev }: Question): readonly { readonly name: string; readonly words: string }[] {
  return shownInside().flatMap(({ uuid, guest }) => {
    const inside = guest.of(apqn);
    const isMeant = uuid === mdev?.uuid || inside?.state === "still-shown";
    return inside && isMeant ? [{ name: guest.path, words: insideSentence(guest, inside) }] : [];
  });
}

/** The same, only what is worth being said of a queue at a glance. */
export function remarkableWords(apqn: Apqn): readonly string[] {
  return shownInside().flatMap(({ guest }) => {
    const inside = guest.of(apqn);
    return inside && isRemarkable(inside) ? [insideSentence(guest, inside)] : [];
  });
}

/** In the panel of a queue. */
export function InsideOfQueue({ question }: { readonly question: Question }) {
  const all = insideWords(question);
  if (all.length === 0) return null;
  return (
    <div class="inside-of">
      <h3>Inside</h3>
      {all.map(({ name, words }) => (
        <p key={name}>
          {words.startsWith(name) ? `${words}.` : sentence(words)}{" "}
          <button type="button" class="link" onClick={() => goIn(name)}>
            Go inside {shortened(name)}
          </button>
        </p>
      ))}
    </div>
  );
}

interface Remarks {
  readonly uuid: string;
  readonly name: string;
  readonly remarks: readonly { readonly words: string; readonly queues: readonly Apqn[] }[];
}

/** Each guest that has something to notice. */
export function InsideRemarks({ moment }: { readonly moment: Moment }) {
  const guests = useMemo(remarksNow, [moment]);
  return (
    <>
      {guests.map(({ uuid, name, remarks }) => (
        <article class="trouble-card inside" key={uuid}>
          <h2>
            <span class="who">Inside {shortened(name)}</span>
          </h2>
          {remarks.map(({ words, queues }) => (
            <p key={words}>
              <Queues queues={queues} />: {words}.
            </p>
          ))}
          <div class="buttons">
            <button type="button" onClick={() => goIn(name)}>
              Go inside {shortened(name)}
            </button>
            <button type="button" onClick={() => letScan(name)}>
              Let it scan
            </button>
          </div>
        </article>
      ))}
    </>
  );
}

function remarksNow(): readonly Remarks[] {
  const host = shownHost();
  return shownInside().flatMap(({ uuid, guest }) => {
    const mdev = host && mdevNamed(host, uuid);
    const said = (mdev ? queuesAround(mdev, guest) : []).flatMap((apqn) => {
      const inside = guest.of(apqn);
      return inside && isRemarkable(inside) ? [{ apqn, words: insideSentence(guest, inside) }] : [];
    });
    const remarks = [...groupBy(said, ({ words }) => words)].map(([words, some]) => ({
      words,
      queues: some.map(({ apqn }) => apqn),
    }));
    return remarks.length === 0 ? [] : [{ uuid, name: guest.path, remarks }];
  });
}

const letScan = (name: string): void => void act(`in ${name}: scan`, [{ op: "scan", part: "all", in: name }]);
