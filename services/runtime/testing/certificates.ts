import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';

// DER, as much of it as certificates need (RFC 5280).
function der(tag: number, ...contents: (Buffer | string)[]): Buffer {
  const content = Buffer.concat(contents.map((part) => Buffer.from(part)));
  const length = content.length < 128 ? [content.length] : [0x82, content.length >> 8, content.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}
const sequence = (...contents: Buffer[]) => der(0x30, ...contents);
const oid = (...bytes: number[]) => der(0x06, Buffer.from(bytes));
const bits = (content: Buffer) => der(0x03, Buffer.from([0]), content);
const octets = (content: Buffer) => der(0x04, content);
const integer = (value: number) => der(0x02, Buffer.from([value]));
const yes = der(0x01, Buffer.from([0xff]));

const ecdsaWithSha256 = sequence(oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02));
const nameOf = (commonName: string) => sequence(der(0x31, sequence(oid(0x55, 0x04, 0x03), der(0x0c, commonName))));
const subjectAltName = (dnsName: string) => sequence(oid(0x55, 0x1d, 0x11), octets(sequence(der(0x82, dnsName))));
const basicConstraints = sequence(oid(0x55, 0x1d, 0x13), yes, octets(sequence(yes)));

/** A certificate and its key, both PEM. */
export interface TestCertificate {
  readonly certificate: string;
  readonly key: string;
}

/** An authority that gives out certificates. */
export interface TestAuthority {
  readonly certificate: string;
  /** A new one for a DNS name, with a serial number below 128. */
  issue(dnsName: string, serial: number): TestCertificate;
}

/** An authority of its own, known to nobody. */
export function testAuthority(commonName = 'test authority'): TestAuthority {
  const { publicKey, privateKey } = keyPair();
  return {
    certificate: signed({ subject: commonName, serial: 1, publicKey, extension: basicConstraints }),
    issue(dnsName, serial) {
      const own = keyPair();
      const extension = subjectAltName(dnsName);
      return {
        certificate: signed({ subject: dnsName, serial, publicKey: own.publicKey, extension }),
        key: own.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      };
    },
  };

  function signed(of: { subject: string; serial: number; publicKey: KeyObject; extension: Buffer }): string {
    const body = sequence(
      der(0xa0, integer(2)), // Version 3.
      integer(of.serial),
      ecdsaWithSha256,
      nameOf(commonName),
      sequence(der(0x17, '250101000000Z'), der(0x17, '491231235959Z')),
      nameOf(of.subject),
      of.publicKey.export({ type: 'spki', format: 'der' }),
      der(0xa3, sequence(of.extension)),
    );
    return pem(sequence(body, ecdsaWithSha256, bits(sign('sha256', body, privateKey))));
  }
}

const keyPair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });

function pem(certificate: Buffer): string {
  const base64 = certificate.toString('base64').replace(/(.{64})/g, '$1\n');
  return `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`;
}
