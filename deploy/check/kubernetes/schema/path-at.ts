import ts from 'typescript';

/** Which of the manifests a position of their source is in, counted from 0, and where in it: `spec.containers[0].image`. */
export function pathAt(source: ts.SourceFile, position: number): { index: number; path: string } {
  const statement = source.statements.filter(ts.isVariableStatement).find((one) => isWithin(one, position));
  const declaration = statement?.declarationList.declarations[0];
  if (declaration === undefined || !ts.isIdentifier(declaration.name)) return { index: -1, path: '' };
  const index = Number(declaration.name.text.slice(1));
  return { index, path: stepsTo(declaration.initializer, position).join('').replace(/^\./, '') };
}

function stepsTo(node: ts.Expression | undefined, position: number): string[] {
  if (node === undefined) return [];
  if (ts.isObjectLiteralExpression(node)) {
    const property = node.properties.filter(ts.isPropertyAssignment).find((one) => isWithin(one, position));
    if (property === undefined || !ts.isStringLiteral(property.name)) return [];
    return [`.${property.name.text}`, ...stepsTo(property.initializer, position)];
  }
  if (ts.isArrayLiteralExpression(node)) {
    const at = node.elements.findIndex((one) => isWithin(one, position));
    return at < 0 ? [] : [`[${at}]`, ...stepsTo(node.elements[at], position)];
  }
  return [];
}

function isWithin(node: ts.Node, position: number): boolean {
  return node.pos <= position && position < node.end;
}
