// The layers: together, or one alone.
import { showOnly, toggleLayer } from "./page.ts";
import { ALL_LAYERS, type Layer, offeredLayers, state, usePage } from "./page-state.ts";

const TITLES: Readonly<Record<Layer, string>> = {
  machine: "What the machine gives to this host",
  host: "Which driver has a queue",
  mdev: "What is assigned to which mdev",
  guest: "What guests are given",
  inside: "What the guests' own buses show of it",
};

export function LayerBar() {
  const { layers } = usePage("layers", "session");
  const offered = offeredLayers();
  const isAlone = offered.filter((layer) => layers[layer]).length === 1;
  return (
    <fieldset class="layers">
      <legend>Layers</legend>
      {offered.map((layer, at) => (
        <button
          type="button"
          key={layer}
          aria-pressed={layers[layer]}
          title={`${TITLES[layer]} (${at + 1}); double click: this one alone`}
          onClick={() => toggleLayer(layer)}
          onDblClick={() => showOnly(layer)}
        >
          {layer}
        </button>
      ))}
      {isAlone && (
        <button type="button" class="quiet" onClick={() => state.set({ layers: ALL_LAYERS })}>
          all
        </button>
      )}
    </fieldset>
  );
}
