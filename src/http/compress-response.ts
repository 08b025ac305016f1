import { constants } from "node:zlib";
import compress from "koa-compress";

/** Smaller responses are not compressed: they fit into one packet. Bytes. */
const threshold = 1024;

/**
 * Compresses the responses of the page and the read API. Not those of deliveries, which are short and many, nor `/metrics`, which is
 * compressed in another way, nor events. The work is done by threads of zlib. Why a compressed page gives nothing away:
 * docs/adr/0053-the-page-is-compressed.md.
 */
export const compressResponse = compress({
  threshold,
  br: { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } },
  gzip: { level: 6 },
  zstd: false,
  deflate: false,
  encodingPreference: ["br", "gzip"],
});
