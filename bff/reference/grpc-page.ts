import { MethodOptions_IdempotencyLevel as Level } from '@bufbuild/protobuf/wkt';
import type { DescEnum, DescField, DescMessage, DescMethod, DescService } from '@bufbuild/protobuf';
import { Code } from '@connectrpc/connect';
import { access } from '@boxoffice/proto/access';
import { commentOf, services, wordsOfRules } from '@boxoffice/proto/contract';
import { isReason, reasons, type Reason } from '@boxoffice/proto/reasons';
import { statuses } from '../http/problem.ts';
import { descriptionOf, refusalsOf } from './refusals.ts';
import { rulesInWords, typeOf } from './words.ts';

/** Renders the reference of the gRPC services from the contract: one page of HTML that needs nothing else. */
export function grpcPage(style: string): string {
  const { messages, enums } = sharedTypes();
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Boxoffice gRPC services</title>
<link rel="icon" type="image/png" href="/docs/favicon.png">
<style>${style}</style>
</head>
<body>
<header>
<nav aria-label="Reference"><strong>Boxoffice</strong> <a href="/docs">REST</a> <a href="/docs/grpc" aria-current="page">gRPC</a></nav>
</header>
<div class="columns">
<nav class="contents" aria-label="Contents">
${services.map(contentsOf).join('\n')}
<p><a href="#messages">Messages</a></p>
<p><a href="#enums">Enums</a></p>
<p><a href="#reasons">Reasons of refusal</a></p>
</nav>
<main>
<h1>gRPC services</h1>
${introduction}
${services.map(serviceSection).join('\n')}
<h2 id="messages">Messages</h2>
${messages.map((message) => messageSection(message, 'h3')).join('\n')}
<h2 id="enums">Enums</h2>
${enums.map(enumSection).join('\n')}
${reasonsSection()}
</main>
</div>
</body>
</html>
`;
}

const introduction = [
  'Calls carry a key in the metadata `authorization: Bearer …`; who may call what is said at each. The servers have reflection and health.',
  'A refusal has a status whose details hold a `google.rpc.ErrorInfo` with the domain `boxoffice` and a reason: branch on it, never on the message. Beside it there may be a `google.rpc.BadRequest` with the fields that are wrong, and a `google.rpc.RetryInfo` that says when another try makes sense.',
  'Browsers can call the public part of the services without a key, by Connect and gRPC-Web at the address of this page.',
  'Every call may be refused with `KEY_MISSING`, `KEY_INVALID`, `CALLER_NOT_ALLOWED`, `REQUEST_INVALID`, `DEPENDENCY_UNAVAILABLE`, `OVERLOADED` and `DRAINING`.',
]
  .map(paragraph)
  .join('\n');

function contentsOf(service: DescService): string {
  const rpcs = service.methods.map((rpc) => `<li><a href="#${idOf(rpc)}">${rpc.name}</a></li>`).join('');
  return `<details open><summary><a href="#${service.typeName}">${service.name}</a></summary><ul>${rpcs}</ul></details>`;
}

function serviceSection(service: DescService): string {
  return `<section>
<h2 id="${service.typeName}">${service.name} <small>${service.typeName}</small></h2>
${prose(commentOf(service))}
${service.methods.map(rpcSection).join('\n')}
</section>`;
}

function rpcSection(rpc: DescMethod): string {
  const stream = (kind: string) => (rpc.methodKind === kind || rpc.methodKind === 'bidi_streaming' ? 'stream ' : '');
  const callers = (access[`${rpc.parent.typeName}/${rpc.name}`] ?? []).map(
    (caller) => `<code>${escape(caller)}</code>`,
  );
  const refusals = refusalsOf(rpc).map(reasonLink);
  const retries =
    rpc.idempotency === Level.NO_SIDE_EFFECTS
      ? 'changes nothing'
      : rpc.idempotency === Level.IDEMPOTENT
        ? 'safe to repeat'
        : '';
  return `<section class="rpc">
<h3 id="${idOf(rpc)}">${rpc.name}</h3>
<p class="signature"><code>rpc ${rpc.name}(${stream('client_streaming')}${typeLink(rpc.input)}) returns (${stream('server_streaming')}${typeLink(rpc.output)})</code></p>
${prose(descriptionOf(rpc))}
<p class="facts">Callers: ${callers.join(', ')}.${retries === '' ? '' : ` It ${retries === 'changes nothing' ? retries : `is ${retries}`}.`}</p>
${refusals.length === 0 ? '' : `<p class="facts">Refusals: ${refusals.join(', ')}.</p>`}
${messageSection(rpc.input, 'h4')}
${messageSection(rpc.output, 'h4')}
</section>`;
}

function messageSection(message: DescMessage, heading: 'h3' | 'h4'): string {
  const rules = wordsOfRules(message).map((rule) => `<li>${inline(rule)}</li>`);
  const nested = message.nestedMessages.filter(({ typeName }) => !typeName.endsWith('Entry'));
  return `<section class="message">
<${heading} id="${message.typeName}">${nameOf(message)}</${heading}>
${prose(commentOf(message))}
${message.fields.length === 0 ? '' : fieldTable(message)}
${rules.length === 0 ? '' : `<ul class="rules">${rules.join('')}</ul>`}
${nested.map((inner) => messageSection(inner, heading)).join('\n')}
</section>`;
}

function fieldTable(message: DescMessage): string {
  const rows = message.fields.map((field) => {
    const oneof = field.oneof === undefined ? '' : ` <small>one of <code>${field.oneof.name}</code></small>`;
    const optional = field.proto.proto3Optional ? ' <small>optional</small>' : '';
    const rules = rulesInWords(field);
    return `<tr id="${message.typeName}.${field.name}"><td><code>${field.name}</code>${optional}${oneof}</td><td><code>${fieldType(field)}</code></td><td>${inline(commentOf(field))}${rules === '' ? '' : ` <span class="rules">${escape(rules)}</span>`}</td></tr>`;
  });
  return `<div class="table"><table><thead><tr><th>Field</th><th>Type</th><th>What it is</th></tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}

function fieldType(field: DescField): string {
  const type = field.message ?? field.enum;
  const text = escape(typeOf(field));
  return type !== undefined && isOurs(type) ? text.replace(type.name, typeLink(type)) : text;
}

function enumSection(type: DescEnum): string {
  const rows = type.values.map(
    (value) =>
      `<tr><td><code>${value.name}</code></td><td>${value.number}</td><td>${inline(commentOf(value))}</td></tr>`,
  );
  return `<section class="message">
<h3 id="${type.typeName}">${type.name}</h3>
${prose(commentOf(type))}
<div class="table"><table><thead><tr><th>Value</th><th>Number</th><th>What it is</th></tr></thead><tbody>${rows.join('')}</tbody></table></div>
</section>`;
}

function reasonsSection(): string {
  const rpcs = services.flatMap(({ methods }) => methods);
  const rows = (Object.keys(reasons) as Reason[]).map((reason) => {
    const where = rpcs
      .filter((rpc) => refusalsOf(rpc).includes(reason))
      .map((rpc) => `<a href="#${idOf(rpc)}">${rpc.parent.name}.${rpc.name}</a>`);
    return `<tr id="reason-${reason}"><td><code>${reason}</code></td><td>${statusName(reasons[reason])}</td><td>${statuses[reason]}</td><td>${where.join(', ')}</td></tr>`;
  });
  return `<h2 id="reasons">Reasons of refusal</h2>
<div class="table"><table><thead><tr><th>Reason</th><th>gRPC status</th><th>HTTP</th><th>Refused for it</th></tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}

/** The types that several RPCs share: everything they lead to but requests and answers, which stand at their RPCs. */
function sharedTypes(): { messages: DescMessage[]; enums: DescEnum[] } {
  const atRpcs = new Set(services.flatMap(({ methods }) => methods.flatMap(({ input, output }) => [input, output])));
  const messages = new Set<DescMessage>();
  const enums = new Set<DescEnum>();
  const visit = (message: DescMessage): void => {
    for (const { message: inner, enum: type } of message.fields) {
      if (type !== undefined && isOurs(type)) {
        enums.add(type);
      }
      if (inner !== undefined && isOurs(inner) && !messages.has(inner)) {
        messages.add(inner);
        visit(inner);
      }
    }
  };
  atRpcs.forEach(visit);
  return {
    messages: [...messages].filter((message) => message.parent === undefined && !atRpcs.has(message)),
    enums: [...enums],
  };
}

function isOurs({ typeName }: DescMessage | DescEnum): boolean {
  return typeName.startsWith('boxoffice.');
}

function idOf(rpc: DescMethod): string {
  return `${rpc.parent.typeName}.${rpc.name}`;
}

function nameOf({ name, parent }: DescMessage): string {
  return parent === undefined ? name : `${nameOf(parent)}.${name}`;
}

function typeLink(type: DescMessage | DescEnum): string {
  return `<a href="#${type.typeName}">${type.name}</a>`;
}

function reasonLink(reason: string): string {
  return `<a href="#reason-${reason}"><code>${reason}</code></a>`;
}

// FAILED_PRECONDITION, as the contract writes it.
function statusName(code: Code): string {
  return Code[code].replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase();
}

function prose(comment: string): string {
  return comment.split('\n\n').filter(Boolean).map(paragraph).join('\n');
}

function paragraph(text: string): string {
  return `<p>${inline(text)}</p>`;
}

function inline(text: string): string {
  return escape(text).replaceAll(/`([^`]+)`/g, (_match, code: string) =>
    isReason(code) ? reasonLink(code) : `<code>${code}</code>`,
  );
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
