/** A smpp-send node that can be chosen, as an entry of the editor's tree list. */
interface Choice {
  readonly node: EditedNode & { highlighted?: boolean; dirty?: boolean };
  readonly label: string;
  /** The flow that it is in. */
  readonly sublabel: string;
  readonly selected: boolean;
  readonly checkbox: true;
  /** Set by the tree list. */
  readonly treeList?: { select(selected: boolean): void };
}

/** Fills the fields of the scope, with the editor's own way of choosing nodes. */
export function prepareScope(node: EditedNode): void {
  const { scope } = node;
  const select = $('#node-input-scope-select').val(Array.isArray(scope) ? 'nodes' : scope === 'flow' ? 'flow' : 'all');
  const list = $('#smpp-dlr-in-senders')
    .treeList({ multi: true })
    .on('treelistitemmouseover treelistitemmouseout', (event, { node: sender }: Choice) => {
      sender.highlighted = event.type === 'treelistitemmouseover';
      sender.dirty = true;
      RED.view.redraw();
    });
  const search = $('<input type="text">')
    .attr('id', 'smpp-dlr-in-senders-filter')
    .attr('aria-label', node._('smpp-dlr-in.label.selectNodes'))
    .insertAfter('#smpp-dlr-in-select-senders');
  search.searchBox({
    style: 'compact',
    delay: 300,
    change() {
      const wanted = String($(this).val()).trim().toLowerCase();
      const fits = ({ label, sublabel }: Choice): boolean => `${label}\n${sublabel}`.toLowerCase().includes(wanted);
      const count = list.treeList('filter', wanted === '' ? null : fits);
      search.searchBox('count', wanted === '' ? '' : `${String(count)} / ${String(choices.length)}`);
    },
  });
  let choices: Choice[] = [];
  const fill = (chosen: readonly string[]): void => {
    const senders = sendersFor(node, String($('#node-input-pool').val() ?? ''));
    choices = senders.map((sender) => ({
      node: sender,
      label: sender._def.label.call(sender),
      sublabel: flowName(String(sender.z)),
      selected: chosen.includes(sender.id),
      checkbox: true,
    }));
    // The list keeps the selection of the data before.
    list.treeList('clearSelection');
    list.treeList('data', choices);
    $('#smpp-dlr-in-no-senders').toggleClass('hide', choices.length > 0);
  };
  fill(Array.isArray(scope) ? (scope as string[]) : []);
  $('#node-input-pool').on('change', () => {
    fill(chosenSenders());
  });
  $('#smpp-dlr-in-select-senders').on('click', (event) => {
    event.preventDefault();
    RED.tray.hide();
    RED.view.selectNodes({
      selected: chosenSenders(),
      filter: ({ id }) => choices.some((choice) => choice.node.id === id),
      onselect(selection) {
        RED.tray.show();
        const ids = selection.map(({ id }) => id);
        for (const choice of choices) choice.treeList?.select(ids.includes(choice.node.id));
      },
      oncancel() {
        RED.tray.show();
      },
    });
  });
  const update = (): void => {
    const value = String(select.val());
    $('.smpp-senders').toggleClass('hide', value !== 'nodes');
    $('#smpp-dlr-in-scope-hint').text(node._(`smpp-dlr-in.hint.scope.${value}`));
    RED.tray.resize();
  };
  select.on('change', update);
  update();
}

/** The scope that is chosen, as the node keeps it. */
export function chosenScope(): 'all' | 'flow' | string[] {
  const value = String($('#node-input-scope-select').val());
  if (value === 'nodes') return chosenSenders();
  return value === 'flow' ? 'flow' : 'all';
}

function chosenSenders(): string[] {
  return $('#smpp-dlr-in-senders')
    .treeList<Choice>('selected')
    .map(({ node }) => node.id);
}

/** The smpp-send nodes of the pool that can be named: in a subflow its own, elsewhere those that are in no subflow. */
function sendersFor({ z }: EditedNode, pool: string): EditedNode[] {
  const inSubflow = RED.nodes.subflow(String(z)) !== undefined;
  return RED.nodes
    .filterNodes({ type: 'smpp-send' })
    .filter((sender) => sender.pool === pool)
    .filter((sender) => (inSubflow ? sender.z === z : RED.nodes.workspace(String(sender.z)) !== undefined));
}

function flowName(z: string): string {
  return (RED.nodes.workspace(z)?.label ?? RED.nodes.subflow(z)?.name) || z;
}
