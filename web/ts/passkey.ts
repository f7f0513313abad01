// Passkeys: the browser is asked with what the server says, and what it answers
// goes into the form. A page is complete without them.

type Json = Record<string, unknown>;

const bytes = (s: string): ArrayBuffer => {
  const raw = atob(s.replace(/-/g, '+').replace(/_/g, '/'));
  const b = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) b[i] = raw.charCodeAt(i);
  return b.buffer;
};

const text = (b: ArrayBuffer): string => {
  let s = '';
  for (const x of new Uint8Array(b)) s += String.fromCharCode(x);
  return btoa(s).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
};

const described = (list: unknown): PublicKeyCredentialDescriptor[] =>
  ((list ?? []) as (Json & { id: string })[]).map((d) => ({ ...d, id: bytes(d.id) }) as unknown as PublicKeyCredentialDescriptor);

interface Challenge { options: { publicKey: Json & { challenge: string } }; ceremony: string }

/** Makes the buttons of passkeys work within a part of the page. */
export function passkeys(scope: ParentNode): void {
  if (!('credentials' in navigator) || typeof PublicKeyCredential === 'undefined') return;
  for (const part of scope.querySelectorAll<HTMLElement>('[data-passkey]')) {
    const button = part.querySelector('button')!;
    const failed = part.querySelector<HTMLElement>('[role=alert]')!;
    part.hidden = false;
    button.addEventListener('click', () => {
      button.disabled = true;
      failed.hidden = true;
      void ask(part).then((form) => { form.requestSubmit(); }, () => { failed.hidden = false; }).finally(() => { button.disabled = false; });
    });
  }
}

async function ask(part: HTMLElement): Promise<HTMLFormElement> {
  const r = await fetch(part.dataset['passkey']!, { method: 'POST', headers: { Accept: 'application/json' } });
  if (!r.ok) throw new Error(String(r.status));
  const { options, ceremony } = (await r.json()) as Challenge;
  const k = options.publicKey;
  const answer = 'create' in part.dataset ? await create(k) : await get(k);
  part.querySelector<HTMLInputElement>('[name=bevis_ceremoni]')!.value = ceremony;
  part.querySelector<HTMLInputElement>('[name=bevis_svar]')!.value = JSON.stringify(answer);
  return part.closest('form')!;
}

async function create(k: Json & { challenge: string }): Promise<Json> {
  const user = k['user'] as Json & { id: string };
  const c = (await navigator.credentials.create({
    publicKey: { ...k, challenge: bytes(k.challenge), user: { ...user, id: bytes(user.id) }, excludeCredentials: described(k['excludeCredentials']) } as unknown as PublicKeyCredentialCreationOptions,
  })) as PublicKeyCredential;
  const a = c.response as AuthenticatorAttestationResponse;
  return {
    id: c.id, rawId: text(c.rawId), type: c.type, authenticatorAttachment: c.authenticatorAttachment ?? undefined, clientExtensionResults: {},
    response: { clientDataJSON: text(a.clientDataJSON), attestationObject: text(a.attestationObject), transports: a.getTransports() },
  };
}

async function get(k: Json & { challenge: string }): Promise<Json> {
  const c = (await navigator.credentials.get({
    publicKey: { ...k, challenge: bytes(k.challenge), allowCredentials: described(k['allowCredentials']) } as unknown as PublicKeyCredentialRequestOptions,
  })) as PublicKeyCredential;
  const a = c.response as AuthenticatorAssertionResponse;
  return {
    id: c.id, rawId: text(c.rawId), type: c.type, authenticatorAttachment: c.authenticatorAttachment ?? undefined, clientExtensionResults: {},
    response: { clientDataJSON: text(a.clientDataJSON), authenticatorData: text(a.authenticatorData), signature: text(a.signature), userHandle: a.userHandle ? text(a.userHandle) : undefined },
  };
}
