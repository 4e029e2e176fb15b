// What the kernel knows of the tree, kept exactly as long as it does.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { directory, link, readOnly } from "../../system/sysfs/node.ts";
import { NodeTable, pathOf } from "./node-table.ts";

const folder = () => directory({});
const table = () => new NodeTable(folder(), 1);

describe("an entry", () => {
  it("is made by the first lookup, found by the next ones, and freed when all of them are forgotten", () => {
    const nodes = table();
    const first = nodes.child(nodes.root, "a", folder());
    assert.equal(nodes.child(nodes.root, "a", folder()), first);
    assert.equal(nodes.size, 2);
    nodes.forget(first.id, 1);
    assert.equal(nodes.get(first.id), first);
    nodes.forget(first.id, 1);
    assert.equal(nodes.get(first.id), undefined);
    assert.equal(nodes.size, 1);
    assert.notEqual(nodes.child(nodes.root, "a", folder()).id, first.id, "a number is never used again");
  });

  it("of a link that points elsewhere now, or of another kind of object, is another entry", () => {
    const nodes = table();
    const one = nodes.child(nodes.root, "driver", link("../a"));
    assert.equal(nodes.child(nodes.root, "driver", link("../a")), one);
    const other = nodes.child(nodes.root, "driver", link("../b"));
    assert.notEqual(other.id, one.id);
    assert.equal(one.dead, true);
    const attribute = nodes.child(
      nodes.root,
      "driver",
      readOnly(() => ""),
    );
    assert.notEqual(attribute.id, other.id);
    assert.equal(nodes.at("driver"), attribute);
  });

  it("whose object is gone is dead with all below it, stays until it is forgotten, and frees its name", () => {
    const nodes = table();
    const card = nodes.child(nodes.root, "card", folder());
    const queue = nodes.child(card, "queue", folder());
    nodes.bury(card);
    assert.deepEqual([card.dead, queue.dead], [true, true]);
    assert.equal(nodes.get(queue.id), queue);
    assert.equal(nodes.at("card"), undefined);
    const again = nodes.child(nodes.root, "card", folder());
    nodes.forget(card.id, 1);
    assert.equal(nodes.at("card"), again, "forgetting the old one does not touch the new one");
    nodes.forget(queue.id, 5);
    nodes.forget(again.id, 1);
    assert.equal(nodes.size, 1);
  });

  it("has the path of its names", () => {
    const nodes = table();
    const queue = nodes.child(nodes.child(nodes.root, "devices", folder()), "04.0004", folder());
    assert.equal(pathOf(queue), "devices/04.0004");
    assert.equal(nodes.at("devices/04.0004"), queue);
    assert.equal(nodes.at("devices/04.0005"), undefined);
    assert.equal(pathOf(nodes.root), "");
    assert.equal(nodes.at(""), nodes.root);
  });
});

describe("the root", () => {
  it("is never forgotten", () => {
    const nodes = table();
    nodes.forget(1, 1000);
    assert.equal(nodes.get(1), nodes.root);
  });
});

describe("forgetting", () => {
  it("what was never known changes nothing", () => {
    const nodes = table();
    nodes.forget(99, 1);
    assert.equal(nodes.size, 1);
  });
});
