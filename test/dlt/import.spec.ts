import assert from 'node:assert/strict';
import fc from 'fast-check';
import { importRows, readTable, type Imported } from '../../src/dlt/import';

function imported(text: string): Imported {
  const table = readTable(text);
  return importRows(table, table.columns);
}

const ID = '1107170000000000001';

describe('A table from a portal', () => {
  it('is read with the columns of each of them', () => {
    const portals = [
      `Template Id,Template Name,Template Content,Header,Template Type,Status\n${ID},Pump,Pump {#var#} hot,ACMEIN,Service Implicit,Active`,
      `"S.No","PE ID","DLT Template ID","Content Template Name","Message Content","Sender Id","Category"\n"1","1101000000000000001","${ID}","Pump","Pump {#var#} hot","ACMEIN","Service-Implicit"`,
      `TEMPLATE_ID;TEMPLATE_NAME;TEMPLATE_MESSAGE;CLI;TYPE\n${ID};Pump;Pump {#var#} hot;ACMEIN;SI - service`,
      `Content Template ID\tTemplate Title\tContent\tHeaders\tCommunication Type\n${ID}\tPump\tPump {#var#} hot\tACMEIN\tService`,
      `List of templates\n\nEntity ID|Template ID|Template Label|Template Text|Header Name|Content Type\n1101|${ID}|Pump|Pump {#var#} hot|ACMEIN|Service`,
    ];
    const expected = {
      id: ID,
      name: 'Pump',
      text: 'Pump {#var#} hot',
      headers: 'ACMEIN',
      kind: 'service',
      variables: '',
    };
    for (const portal of portals) {
      assert.deepEqual(imported(portal), { templates: [expected], bad: [], merged: 0 }, portal);
      assert.deepEqual(imported(portal.replaceAll('\n', '\r\n')).templates, [expected]);
      assert.deepEqual(imported(`\ufeff${portal}`).templates, [expected]);
    }
  });

  it('is read with the names of the contract', () => {
    const text = `id,name,text,headers,kind,variables\n${ID},Pump,"a {#var#}, ""b"" {#var#}\nc","A,B",promotional,"x, y"`;
    assert.deepEqual(imported(text).templates, [
      {
        id: ID,
        name: 'Pump',
        text: 'a {#var#}, "b" {#var#}\nc',
        headers: 'A, B',
        kind: 'promotional',
        variables: 'x, y',
      },
    ]);
  });

  it('is read without a row of names', () => {
    const { templates } = imported(
      `1101000000000000001\t${ID}\tPump {#var#} is hot\n1101000000000000001\t1107170000000000002\tBye`,
    );
    assert.deepEqual(
      templates.map(({ id, text }) => [id, text]),
      [
        [ID, 'Pump {#var#} is hot'],
        ['1107170000000000002', 'Bye'],
      ],
    );
  });

  it('may have the types of the variables beside the text', () => {
    const head = 'Template ID,Template Content,Variable Types';
    assert.equal(
      imported(`${head}\n${ID},a {#var#} b {#var#},"numeric, url"`).templates[0]!.text,
      'a {#numeric#} b {#url#}',
    );
    assert.equal(
      imported(`${head}\n${ID},a {#var#} b {#numeric#},"var1: {#cbn#}; var2: numeric"`).templates[0]!.text,
      'a {#cbn#} b {#numeric#}',
    );
    assert.equal(imported(`${head}\n${ID},a {#var#} b {#var#},numeric`).templates[0]!.text, 'a {#var#} b {#var#}');
  });

  it('has ids that a spreadsheet has kept as text', () => {
    for (const id of [`'${ID}`, `"=""${ID}"""`, ` ${ID} `]) {
      assert.equal(imported(`Template ID,Template Content\n${id},x`).templates[0]?.id, ID, id);
    }
  });

  it('has its bad rows listed', () => {
    const { templates, bad } = imported(
      `Template ID,Template Content,Status\n1.10717E+18,x,Active\n,x,Active\n${ID},,Active\n1107170000000000002,y,Blacklisted\n1107170000000000003,z,Approved\nTotal: 5,x,`,
    );
    assert.deepEqual(
      bad.map(({ row, key }) => [row, key]),
      [
        [2, 'exponent'],
        [3, 'noId'],
        [4, 'noText'],
        [5, 'inactive'],
        [7, 'noId'],
      ],
    );
    assert.equal(templates.length, 1);
  });

  it('has rows of one template merged, with the senders of all', () => {
    const { templates, merged, bad } = imported(
      `Template ID,Template Content,Header\n${ID},x,A\n${ID},x,B\n${ID},x,A\n${ID},y,A`,
    );
    assert.deepEqual([templates.length, templates[0]!.headers, merged], [1, 'A, B', 2]);
    assert.deepEqual(bad, [{ row: 5, key: 'differs', values: { id: ID } }]);
  });

  it('never makes an error, whatever it holds', () => {
    const piece = fc.constantFrom('"', ',', ';', '\t', '\n', '\r', ID, 'Template ID', 'Content', '{#var#}', ' ');
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece).map((all) => all.join('')),
        ),
        (text) => void imported(text),
      ),
      { numRuns: 1000 },
    );
  });
});
