// The part of the editor's API that these dialogs use. @types/node-red knows neither validators with a second
// parameter (Node-RED 3.0) nor `label` of a property, and types the widgets too loosely to be of help.

type Translate = (key: string, values?: Readonly<Record<string, unknown>>) => string;

/** Returns true, or a sentence that says what is wrong. The editor shows it only for functions of two parameters. */
type Validator = (this: EditedNode, value: unknown, opt: { label?: string }) => true | string;

interface NodeProperty {
  value: unknown;
  type?: string;
  required?: boolean;
  label?: string;
  validate?: Validator;
}

interface EditedNode {
  readonly id: string;
  readonly _: Translate;
  readonly _def: NodeDefinition;
  name: string;
  [property: string]: unknown;
}

interface NodeDefinition {
  category: string;
  color?: string;
  icon?: string;
  defaults: Record<string, NodeProperty>;
  credentials?: Record<string, { type: 'text' | 'password'; validate?: Validator }>;
  inputs?: number;
  outputs?: number;
  paletteLabel?: string;
  inputLabels?: string | ((this: EditedNode, index: number) => string);
  outputLabels?: (this: EditedNode, index: number) => string;
  label(this: EditedNode): string;
  labelStyle?(this: EditedNode): string;
  /** Called when the node is dropped into a flow. */
  onadd?(this: EditedNode): void;
  onpaletteadd?(): void;
  onpaletteremove?(): void;
  oneditprepare?(this: EditedNode): void;
  oneditsave?(this: EditedNode): void;
  oneditcancel?(this: EditedNode): void;
  oneditdelete?(this: EditedNode): void;
  oneditresize?(this: EditedNode, size: { width: number; height: number }): void;
  /** Added by the editor: translates with the catalogue of this node type. */
  _?: Translate;
}

interface TabBar {
  addTab(tab: { id: string; label: string }): void;
  activateTab(id: string): void;
}

interface SidebarTab {
  id: string;
  label: string;
  name: string;
  iconClass: string;
  content: HTMLElement;
  /** True where the tab can be used while a dialog is open. */
  enableOnEdit: boolean;
  /** Name of the action that shows the tab. */
  action: string;
  onchange(): void;
}

interface EditableListOptions<Row> {
  header?: JQuery;
  addButton?: string | boolean;
  sortable?: boolean;
  removable?: boolean;
  height?: number | 'auto';
  /** Node-RED 5 and later. */
  ariaLabelledBy?: string;
  addItem(container: JQuery, index: number, row: Row): void;
  removeItem?(row: Row): void;
  sortItems?(): void;
}

interface TypedInputOptions {
  types: readonly (string | { value: string; label: string; hasValue?: boolean })[];
  default?: string;
  typeField?: string;
}

interface SearchBoxOptions {
  style: 'compact';
  /** Milliseconds. */
  delay: number;
  change(this: HTMLElement): void;
}

interface JQuery {
  treeList(options: { multi: boolean }): JQuery;
  treeList(action: 'clearSelection'): void;
  treeList<Item>(action: 'data', items: readonly Item[]): void;
  /** @returns the number of items that fit */
  treeList<Item>(action: 'filter', fits: ((item: Item) => boolean) | null): number;
  treeList<Item>(action: 'selected'): Item[];
  searchBox(options: SearchBoxOptions): JQuery;
  searchBox(action: 'count', text: string): void;
  editableList<Row>(options: EditableListOptions<Row>): JQuery;
  editableList(action: 'addItem', row: object): void;
  editableList(action: 'items'): JQuery;
  typedInput(options: TypedInputOptions): JQuery;
  typedInput(action: 'type' | 'value'): string;
  typedInput(action: 'type' | 'value', to: string): void;
}

declare const RED: {
  readonly _: Translate;
  notify(
    content: Node,
    options: {
      readonly modal: boolean;
      readonly fixed: boolean;
      readonly type: 'warning';
      readonly buttons: readonly { readonly text: string; readonly class?: string; click(): void }[];
    },
  ): { close(): void };
  readonly nodes: {
    registerType(type: string, definition: NodeDefinition): void;
    getType(type: string): NodeDefinition;
    node(id: string): EditedNode | null;
    filterNodes(filter: { readonly type: string }): EditedNode[];
    workspace(id: string): { readonly label: string } | undefined;
    subflow(id: string): { readonly name: string } | undefined;
    eachConfig(
      visit: (node: { readonly id: string; readonly type: string; readonly z?: string }) => boolean | undefined,
    ): void;
  };
  readonly actions: {
    add(name: string, handler: () => void): void;
    remove(name: string): void;
    invoke(name: string): void;
  };
  readonly comms: {
    subscribe(topic: string, hear: (topic: string, data: unknown) => void): void;
    unsubscribe(topic: string, hear: (topic: string, data: unknown) => void): void;
    on(event: 'connect', call: () => void): void;
    off(event: 'connect', call: () => void): void;
    /** Reaches the runtime as the event `comms:message:<topic>`; lost while there is no connection. */
    send(topic: string, data: unknown): void;
  };
  readonly editor: { editConfig(name: string, type: string, id: string): void };
  readonly i18n: { lang(): string };
  /** Of Node-RED, and what the pool's runtime exports. */
  readonly settings: { readonly smppPoolStores?: readonly string[] };
  readonly sidebar: {
    addTab(tab: SidebarTab): void;
    removeTab(id: string): void;
    show(id: string): void;
  };
  readonly user: { hasPermission(permission: string): boolean };
  readonly tabs: { create(options: { id: string; onchange(tab: { id: string }): void }): TabBar };
  readonly tray: { resize(): void; hide(): void; show(): void };
  readonly view: {
    redraw(): void;
    /** Lets a person choose nodes in the flows. */
    selectNodes(options: {
      readonly selected: readonly string[];
      filter(node: EditedNode): boolean;
      onselect(nodes: readonly EditedNode[]): void;
      oncancel(): void;
    }): void;
  };
  readonly utils: { validateTypedProperty(value: string, type: string, opt: { label?: string }): true | string };
};

/**
 * The properties of a pool, from the settings table. The build replaces the call by a literal
 * (scripts/build/dialog-defaults.ts): the flow library reads the defaults from the script's text, without running it.
 */
declare function dialogDefaults(validators: Readonly<Record<string, Validator>>): Record<string, NodeProperty>;
