// Key stores in PKCS12, which node:crypto cannot make. They are valid until 2126; the passphrase is "store-secret", and
// the keys serve nothing else. Made with OpenSSL 3.0 by:
//
//   openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500 -subj "/CN=Client Root" \
//       -keyout ca.key -out ca.pem
//   openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=alice" -keyout alice.key -out \
//       alice.csr
//   openssl x509 -req -in alice.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 36500 -out alice.pem
//   openssl pkcs12 -export -inkey alice.key -in alice.pem -passout pass:store-secret -out alice.p12
//   openssl pkcs12 -export -legacy -inkey alice.key -in alice.pem -passout pass:store-secret -out alice-old.p12

/** The authority of the client certificate in both. */
export const clientRoot = `-----BEGIN CERTIFICATE-----
MIIBhDCCASmgAwIBAgIUaoi+Js9AGe9wRUm0AONaQuVdCbowCgYIKoZIzj0EAwIw
FjEUMBIGA1UEAwwLQ2xpZW50IFJvb3QwIBcNMjYxMTI5MTI0NjIxWhgPMjEyNjEx
MDUxMjQ2MjFaMBYxFDASBgNVBAMMC0NsaWVudCBSb290MFkwEwYHKoZIzj0CAQYI
KoZIzj0DAQcDQgAEdApLyuGBySTJ+9touwh07lg53wb7cgGE13Px/ssoMaSSCAYK
7u/3bLgFQK+Wt7SwfE3zCDafiMDzAlfu+qxPtaNTMFEwHQYDVR0OBBYEFCS8WNtI
FV7ESPCwlTwJgxUgvfanMB8GA1UdIwQYMBaAFCS8WNtIFV7ESPCwlTwJgxUgvfan
MA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSQAwRgIhAKOOr5pECltxrd8v
8E8tByTTyynVD1rtbDLfRMROdDFZAiEAqgo21AjYTHBYYspN0eCZTag+BEv7kYCq
rXd+exOsXdc=
-----END CERTIFICATE-----
`;
/** The certificate and key of `alice`. */
export const pkcs12: Buffer = Buffer.from(
  [
    "MIIDrAIBAzCCA2IGCSqGSIb3DQEHAaCCA1MEggNPMIIDSzCCAgIGCSqGSIb3DQEHBqCCAfMwggHvAgEAMIIB6AYJKoZIhvcNAQcB",
    "MFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAh5/TW988ADNAICCAAwDAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEA+w",
    "NSVl5+fs2szp2FetXGiAggGA2YeVYRV631rK5Oj4QvHhoafvVVy1nzrzNT+nUj6h6UqjfyKE149iUmezUG0aULP8H7uElgZykT//",
    "bU9j7oWjT6P9AykPdQ8rXEZ/TLeJXR/pYT7ntJuoZj5pk1EvHM7bHMFOgwKu/jAvyjet0KjY9g3ZjX6JuGU0fVoo6QISZGzQDFC2",
    "QrP5it2+jwyUMT4UYvm8Zks6TNrIcp4p4CqNcHKvvz/mYwypK3nY9AzQdT9PpNdNlmxSsYqnGjwQrHoRf8WJFm6mHniVvaSeMa9a",
    "FyLKCX2W2NYKzu58f2UX7TOYxwwyszLaYsQ++gI5Em4Ja3N77NTemnyNbFMPthdyAaybtBBbf48uSK/u6N5P2CWmhPEf+NKFYge+",
    "Di6v/B8kwU+rlE4RQQm5P0ami/Wdwcmn3hB11t/MWC3/0do6x+ho2GVyOi8juR9iQetO3/GWqnRWXhAEZv1Q4PGAO0XnE+urG5QB",
    "PSnm7THlarYORDdiWnJ63EaNiqZMfmNLcD6fMIIBQQYJKoZIhvcNAQcBoIIBMgSCAS4wggEqMIIBJgYLKoZIhvcNAQwKAQKgge8w",
    "gewwVwYJKoZIhvcNAQUNMEowKQYJKoZIhvcNAQUMMBwECFtTBkB66oWCAgIIADAMBggqhkiG9w0CCQUAMB0GCWCGSAFlAwQBKgQQ",
    "WorD0cjItwDHSr1HCG5whASBkAe7AaL7osPF0Eicqd50W3ql8nFj5PituRBUQz4FuouUrw8c9QsCVS+ZUJph/bmMHOMszRS21xB8",
    "2wsOI34/QtMOCSrYI1fCvylMUR+8zZLqxs2v1AGjdgqOZjKEEsr2SCEr1Js97hRbX7WbYgGQ8f88mXV1Ilwj9Ap5MemgLr1Vft59",
    "uCfOa2aqz/zm3Xc80jElMCMGCSqGSIb3DQEJFTEWBBQz6E1va00uz1z/4G5bPBXkqM+o1zBBMDEwDQYJYIZIAWUDBAIBBQAEILTE",
    "ozyZ1y+6nWeS2zeJJRdYUTGYoAZRLJ21QECxnLegBAjbowFNN2CrIgICCAA=",
  ].join(""),
  "base64",
);
/** The same, encrypted by RC2, which OpenSSL 3 refuses. */
export const oldPkcs12: Buffer = Buffer.from(
  [
    "MIIDIgIBAzCCAugGCSqGSIb3DQEHAaCCAtkEggLVMIIC0TCCAccGCSqGSIb3DQEHBqCCAbgwggG0AgEAMIIBrQYJKoZIhvcNAQcB",
    "MBwGCiqGSIb3DQEMAQYwDgQIeDt7NNQdPoQCAggAgIIBgBuKxZDvVQEkRE5jQK9TOXZIu8BQZpepU8Ks+Y1aaLq63XMOOsxeKYsD",
    "dS43cjgx+E3k2D4LAwwevHxN8SsC68w1xLdIGX5RCg4RTM4X1oKZJAO45fcO5BP4TyzCbYfx+zDL1y1PZDDhe2Jcmk7iQmIYr1Pr",
    "hAhIBFcDnoEU2a8+/e28C1JoZz9KIdxcnZYJeJW7O792V2t94QoN2JZGjR7z2Q/tzmPpRYP20+FSc/ST1zYs41ZG7jN1KkLU+GyD",
    "DEBVtw6l3YQQgaclAzJAywk0dXYuy9iqtMMU+exe5Vh2vLOX0ht2X3BJ5LkWhRtrDYJAtak+pAQuzarYv61lTjcoZVl5GTEmS3x4",
    "XzX+cG6HwCSlrcZmMGNErlo2ADXjpyG9PoFqDbU78QlxaofOYxf2F+N2hM1i8Iwot0OsO4cB5exBh5rSkEejAp4gIejmDaYUyUgp",
    "NTYsk648wiJZKveA1G5KKwCkOT9jbQaiXKxXahN0G/l9xX81cxdSu5xvtTCCAQIGCSqGSIb3DQEHAaCB9ASB8TCB7jCB6wYLKoZI",
    "hvcNAQwKAQKggbQwgbEwHAYKKoZIhvcNAQwBAzAOBAgGX905rkpB3AICCAAEgZDLHDynDcrnqQMHqRS7J698F9Ijl4IK9tBPthOF",
    "mwfs2pYq7OSsGUf2C1zvhIJWH6NX50x+h+uOcPmQlukjjeghLTqPpqX4VMQjb5pphpvFIWDuvZkCXrF+LgAmkxGkioHNTYlGVSog",
    "1OACNEipMgLywbD7MkhdaQBoOJBzGuVBeHSXPlu9DDNKehMf8+Ly0aQxJTAjBgkqhkiG9w0BCRUxFgQUM+hNb2tNLs9c/+BuWzwV",
    "5KjPqNcwMTAhMAkGBSsOAwIaBQAEFDJyjsEPqSEE5W+FCn8AE1KHH8IvBAiACZWz11m13gICCAA=",
  ].join(""),
  "base64",
);
