// What the client uses of the tree that fuse-native serves: one attribute as deep as a queue's, and one large directory.
export const ATTRIBUTE = "/devices/ap/card05/05.0004/config";
export const LARGE = "/large";
