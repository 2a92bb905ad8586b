// The header that makes an answer a file: names may hold anything, header lines may not.

/** Content-Disposition for a file name: a plain form for old clients and the exact one (RFC 6266, RFC 8187). */
export function attachment(name: string): string {
  const plain = name.replaceAll(/[^\w.-]/g, "_");
  const exact = encodeURIComponent(name.replaceAll(/[\p{Cc}\p{Cs}/\\]/gu, "_")).replaceAll(
    /['()*]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${exact}`;
}
