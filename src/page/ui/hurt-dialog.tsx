// Before it hurts: an action that takes queues from running guests says from whom and how many, and waits for a yes.
import { count } from "../../answers/show/wording.ts";
import { Dialog } from "./dialog.tsx";
import { state, usePage } from "./page-state.ts";

export function HurtDialog() {
  const { hurting } = usePage("hurting");
  if (!hurting) return null;
  const { command, hurts, zeroized, waits, goOn } = hurting;
  const close = () => state.set({ hurting: undefined });
  return (
    <Dialog title="Running guests lose queues by this" onClose={close}>
      <pre class="preview short">{command}</pre>
      <ul class="hurts">
        {hurts.map(({ uuid, guest, before, after, lost }) => (
          <li key={uuid}>
            <strong>{guest === uuid ? `the guest of ${uuid}` : guest}</strong> {before} → {after}
            {before - after < lost.length && `, ${lost.length} of them taken at least for a time`}
          </li>
        ))}
      </ul>
      {zeroized.length > 0 && (
        <p>
          {count(zeroized.length, "queue")} {zeroized.length === 1 ? "is" : "are"} zeroized: the keys in{" "}
          {zeroized.length === 1 ? "it" : "them"} are gone, even if it is undone.
        </p>
      )}
      {waits && (
        <p>It waits until the guest lets go of the mdev. Then its queues are zeroized: the keys in them are gone.</p>
      )}
      <div class="buttons end">
        <button type="button" data-first onClick={close}>
          Leave it
        </button>
        <button
          type="button"
          class="primary harmful"
          onClick={() => {
            close();
            goOn();
          }}
        >
          Do it, and take the queues
        </button>
      </div>
    </Dialog>
  );
}
