// Replaces each id that a cluster draws itself by the number of earlier ones, so that the order of members is compared.

/** A UUID anywhere, or the client's own id (KIP-848, 22 characters of base64url) at the end. */
const RANDOM_ID = /[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}|[\w-]{22}$/;
const TIME = /-?\d{12,}(?![\da-f-])/g;

export class MemberNames {
  readonly #names = new Map<string, string>();

  /** Ids before times: one UUID in 280 ends with twelve digits of ten, which look like a time. */
  in(text: string): string {
    const random = RANDOM_ID.exec(text)?.[0];
    return (random === undefined ? text : text.replace(random, this.#name(random))).replaceAll(TIME, "<time>");
  }

  #name(id: string): string {
    let name = this.#names.get(id);
    if (name === undefined) this.#names.set(id, (name = `<member ${this.#names.size}>`));
    return name;
  }
}
