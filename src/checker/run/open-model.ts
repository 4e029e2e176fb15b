// A model from plain data, so that every worker can open its own.

import { UserError } from "../../guards/user-error.ts";
import type { CoreOptions } from "../core/universe.ts";
import type { Model } from "../model.ts";
import type { Universe } from "../reference/universe.ts";

export type ModelSpec =
  | { readonly model: "reference"; readonly universe: Universe }
  | { readonly model: "core"; readonly options: CoreOptions; readonly propertyFile?: string | undefined };

/**
 * Imports what the model needs only now: every worker does this, and the core is most of this program.
 *
 * @throws UserError
 */
export async function openModel(spec: ModelSpec): Promise<Model> {
  if (spec.model === "reference") {
    const [{ universeError }, { referenceModel }] = await Promise.all([
      import("../reference/universe.ts"),
      import("../reference/reference-model.ts"),
    ]);
    const error = universeError(spec.universe);
    if (error !== undefined) throw new UserError(error);
    return referenceModel(spec.universe);
  }
  const [{ coreModel }, { loadProperties }] = await Promise.all([
    import("../core/core-model.ts"),
    import("./property-file.ts"),
  ]);
  const own = spec.propertyFile === undefined ? [] : await loadProperties(spec.propertyFile);
  const model = coreModel(spec.options, own);
  if ("error" in model) throw new UserError(model.error);
  return model;
}
