// SPDX-License-Identifier: GPL-2.0-only
package linux.random;

import java.util.SplittableRandom;

/**
 * Random numbers. All of them come from one seed, so that a run repeats exactly: initial sequence numbers,
 * ports, keys, hash secrets.
 */
public final class Random {
    private Random() {}

    private static SplittableRandom source = new SplittableRandom(1);

    /** Called when the machine boots. */
    public static void boot(long seed) {
        source = new SplittableRandom(seed);
    }

    public static void get_random_bytes(byte[] buf) {
        source.nextBytes(buf);
    }

    public static void get_random_bytes(int[] words) {
        for (int i = 0; i < words.length; i++) {
            words[i] = source.nextInt();
        }
    }

    public static int get_random_int() {
        return source.nextInt();
    }

    /** 32 random bits. */
    public static int prandom_u32() {
        return source.nextInt();
    }

    public static int net_random() {
        return source.nextInt();
    }

    /** In {@code [0, ep_ro)}. */
    public static int prandom_u32_max(int ep_ro) {
        return (int) ((source.nextInt() & 0xffffffffL) * (ep_ro & 0xffffffffL) >>> 32);
    }

    /** The number after {@code seed} of a simple generator: good enough to choose among listeners. */
    public static int next_pseudo_random32(int seed) {
        return seed * 1664525 + 1013904223;
    }
}
