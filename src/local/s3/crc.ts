import { crc32 } from "node:zlib";

/** A cyclic redundancy check that is fed piece by piece. */
export type Crc = { update(data: Buffer): void; digest(): Buffer };

export function createCrc32(): Crc {
  let value = 0;
  return {
    update: (data) => void (value = crc32(data, value)),
    digest: () => uint32(value),
  };
}

const castagnoli = byteTable32(0x82f63b78);

export function createCrc32c(): Crc {
  let value = 0xffffffff;
  return {
    update(data) {
      for (const byte of data)
        value = (castagnoli[(value ^ byte) & 0xff] ?? 0) ^ (value >>> 8);
    },
    digest: () => uint32(~value >>> 0),
  };
}

const nvme = byteTable64(0x9a6c9329ac4bc9b5n);

/** Two 32-bit halves: BigInt arithmetic a byte would take minutes for a gigabyte. */
export function createCrc64Nvme(): Crc {
  let high = 0xffffffff;
  let low = 0xffffffff;
  return {
    update(data) {
      for (const byte of data) {
        const index = (low ^ byte) & 0xff;
        low = ((low >>> 8) | (high << 24)) ^ (nvme.low[index] ?? 0);
        high = (high >>> 8) ^ (nvme.high[index] ?? 0);
      }
    },
    digest: () => Buffer.concat([uint32(~high >>> 0), uint32(~low >>> 0)]),
  };
}

function byteTable32(polynomial: number): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let value = byte;
    for (let bit = 0; bit < 8; bit++)
      value = value & 1 ? (value >>> 1) ^ polynomial : value >>> 1;
    return value >>> 0;
  });
}

function byteTable64(polynomial: bigint): {
  high: Uint32Array;
  low: Uint32Array;
} {
  const table = { high: new Uint32Array(256), low: new Uint32Array(256) };
  for (let byte = 0; byte < 256; byte++) {
    let value = BigInt(byte);
    for (let bit = 0; bit < 8; bit++)
      value = value & 1n ? (value >> 1n) ^ polynomial : value >> 1n;
    table.high[byte] = Number(value >> 32n);
    table.low[byte] = Number(value & 0xffffffffn);
  }
  return table;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
