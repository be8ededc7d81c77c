import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** A promise without an owner ends Node-RED when it is rejected, and a failure that is swallowed without a reason hides a fault. */
const OWNER = 'give the promise an owner: background, despiteFailure or ignoreFailure of src/base/background';
const SWALLOWS =
  "ArrowFunctionExpression:matches([body.type='Identifier'][body.name='undefined'], [body.raw='null'], [body.body.length=0])";
const PROMISES = [
  { selector: "UnaryExpression[operator='void']", message: OWNER },
  { selector: `CallExpression[callee.property.name='catch'] > ${SWALLOWS}`, message: OWNER },
  { selector: `CallExpression[callee.property.name='then'] > ${SWALLOWS}:nth-child(2)`, message: OWNER },
];

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'coverage/', 'build/', '.demo/', 'test/compat/node_modules/'] },
  js.configs.recommended,
  ...tseslint.configs.strict,
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { project: ['./tsconfig.json', './tsconfig.editor.json'] } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-floating-promises': ['error', { ignoreVoid: false }],
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            { regex: '^(fs|net|tls|path|events|crypto|http|os|url|util|dns)$', message: 'use the node: prefix' },
          ],
        },
      ],
    },
  },
  {
    files: ['src/**/*.ts', 'nodes/**/*.ts', 'bench/**/*.ts'],
    ignores: ['src/base/background.ts'],
    rules: { 'no-restricted-syntax': ['error', ...PROMISES] },
  },
  // A flow's message may hold anything; tests look into it as a Function node would.
  { files: ['test/**/*.ts'], rules: { '@typescript-eslint/no-explicit-any': 'off' } },
  // There a rejection that nobody waits for fails the test under way, see test/support/rejections.ts.
  {
    files: ['test/**/*.ts', 'scripts/**/*.ts'],
    rules: { '@typescript-eslint/no-floating-promises': ['error', { ignoreVoid: true }] },
  },
  { files: ['**/*.cjs'], rules: { '@typescript-eslint/no-require-imports': 'off' } },
  {
    files: ['**/*.mjs', '**/*.cjs'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        module: 'writable',
        URL: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
        fetch: 'readonly',
        require: 'readonly',
      },
    },
  },
);
