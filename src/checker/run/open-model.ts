// A model from plain data, so that every worker can open its own.

import { UserError } from "../../guards/user-error.ts";
import type { CoreOptions } from "../core/universe.ts";
import type { InsideOptions } from "../inside/inside-universe.ts";
import type { Model } from "../model.ts";
import type { ReferenceOptions } from "../reference/reference-options.ts";

export type ModelSpec =
  | { readonly model: "reference"; readonly options: ReferenceOptions }
  | { readonly model: "inside"; readonly options: InsideOptions }
  | { readonly model: "core"; readonly options: CoreOptions; readonly propertyFile?: string | undefined };

/**
 * Imports what the model needs only now: every worker does this, and the core is most of this program.
 *
 * @throws UserError
 */
export async function openModel(spec: ModelSpec): Promise<Model> {
  if (spec.model === "reference") {
    const [{ optionsError }, { referenceModel }] = await Promise.all([
      import("../reference/reference-options.ts"),
      import("../reference/reference-model.ts"),
    ]);
    const error = optionsError(spec.options);
    if (error !== undefined) throw new UserError(error);
    return referenceModel(spec.options);
  }
  if (spec.model === "inside") {
    const { insideModel } = await import("../inside/inside-model.ts");
    const model = insideModel(spec.options);
    if ("error" in model) throw new UserError(model.error);
    return model;
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
