// Which part of the grid is seen: all of it, what is assigned to somebody, or the matrix of one guest.
import { guestLabel, type Moment, scopedBoard } from "./moment.ts";
import { SCOPES, type Scope, state, usePage } from "./page-state.ts";

const TITLES: Readonly<Record<Scope, readonly [title: string, says: string]>> = {
  all: ["All", "All adapters and domains of the host"],
  used: ["Assigned", "Only adapters and domains that are assigned to an mdev: the others are folded away"],
  guest: ["One guest", "The matrix of the mdev that is chosen"],
};

export function ScopeBar({ moment }: { readonly moment: Moment }) {
  const { scope, mdev } = usePage("scope", "mdev");
  const board = scopedBoard(moment);
  const chosen = moment.mdevs.find(({ uuid }) => uuid === mdev);
  const choose = (name: Scope) =>
    state.set({ scope: name, mdev: name === "guest" ? (mdev ?? moment.mdevs[0]?.uuid) : mdev });
  const folded = moment.board.domains.length - board.domains.length;
  return (
    <fieldset class="layers scopes">
      <legend class="unseen">Rows and columns</legend>
      {SCOPES.map((name) => (
        <button
          type="button"
          key={name}
          aria-pressed={scope === name}
          title={TITLES[name][1]}
          onClick={() => choose(name)}
        >
          {name === "guest" && scope === name && chosen ? guestLabel(chosen) : TITLES[name][0]}
        </button>
      ))}
      <span class="size">
        {board.adapters.length} × {board.domains.length}
        {folded > 0 && `, ${folded} rows folded`}
      </span>
    </fieldset>
  );
}
