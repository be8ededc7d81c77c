/** The pool of a node that has none yet, where there is only one that it could have. */
export function onlyPool(node: EditedNode): string {
  const found: string[] = [];
  RED.nodes.eachConfig(({ id, type, z }) => {
    // One inside a subflow or a flow belongs to that alone.
    if (type === 'smpp-pool' && (!z || z === node.z)) found.push(id);
    return true;
  });
  return found.length === 1 ? found[0]! : '';
}

/** For a dialog that was opened without a pool. */
export function choosePool(node: EditedNode): void {
  const only = node.pool ? '' : onlyPool(node);
  if (only) $('#node-input-pool').val(only).trigger('change');
}
