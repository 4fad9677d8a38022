// SPDX-License-Identifier: GPL-2.0-only
package packetdrill;

import static linux.types.Be.get32;
import static linux.types.Be.get64;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The keys of a script by their names, and what RFC 6824 derives from a key: the token (the first 32 bits of its SHA-1), the initial
 * data sequence number (the last 64), the HMACs of a join. A name gets its value when it is first used: in a packet to the host the
 * script's or one of our own, in a packet from the host what that says.
 */
final class Keys {
    /** The key of a peer whose script gives none; the next one differs. */
    private static final long FIRST = 0x0a0b0c0d01020304L;

    private final Map<String, Long> named = new HashMap<>();
    private int made;

    Keys(Map<String, Long> fromScript) {
        named.putAll(fromScript);
    }

    /** The value of a name, or null. */
    Long known(String name) {
        return named.get(name);
    }

    long get(String name) throws Failure {
        Long key = named.get(name);
        if (key == null) {
            throw new Failure("the key " + name + " has no value yet: no mp_capable had it");
        }
        return key;
    }

    /** The value of a name that the peer uses: a new one, if it has none. */
    long getOrMake(String name) {
        return named.computeIfAbsent(name, n -> FIRST + 0x0101010101010101L * made++);
    }

    /** The host has shown the key of that name. */
    void learn(String name, long key) {
        named.putIfAbsent(name, key);
    }

    /** The name of a key, or its value in hexadecimal. */
    String nameOf(long key) {
        for (Map.Entry<String, Long> e : named.entrySet()) {
            if (e.getValue() == key) {
                return e.getKey();
            }
        }
        return "0x" + Long.toHexString(key);
    }

    static int token(long key) {
        return get32(sha1(key), 0);
    }

    static long idsn(long key) {
        return get64(sha1(key), 12);
    }

    private static byte[] sha1(long key) {
        try {
            return MessageDigest.getInstance("SHA-1").digest(ByteBuffer.allocate(8).putLong(key).array());
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    /** What a side of a join proves itself with: the sender's key and nonce come first. */
    static byte[] hmac(long key1, long key2, int nonce1, int nonce2) {
        try {
            Mac mac = Mac.getInstance("HmacSHA1");
            mac.init(new SecretKeySpec(ByteBuffer.allocate(16).putLong(key1).putLong(key2).array(), "HmacSHA1"));
            return mac.doFinal(ByteBuffer.allocate(8).putInt(nonce1).putInt(nonce2).array());
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }
}
