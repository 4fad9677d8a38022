// SPDX-License-Identifier: GPL-2.0-only
package linux.netem;

import java.util.HashSet;
import java.util.Set;

/**
 * What a {@link Netem} does to packets. Made from a text in the manner of {@code tc qdisc ... netem}:
 *
 * <pre>
 *   delay 10ms 2ms  rate 10mbit  limit 100  loss 1%  duplicate 0.1%  reorder 25%  corrupt 0.1%  seed 7
 * </pre>
 *
 * <p>All of it is optional, in any order. What is not said is off; the limit is 1000 packets, the seed 1.
 */
public final class NetemSettings {
    public static final int DEFAULT_LIMIT = 1000;

    /** How long each packet is held, and by how much that varies to both sides, in nanoseconds. */
    public final long delay;

    public final long jitter;

    /** Bits a second, link header included; 0: no limit. */
    public final long rate;

    /** Packets that may be on their way or wait; those that come when it is full are dropped. */
    public final int limit;

    /** Shares of the packets, 0 to 1. */
    public final double loss;

    public final double duplicate;

    /** Share of the packets that are sent at once, and so overtake those that are held. */
    public final double reorder;

    /** Share of the packets of which one bit is flipped. */
    public final double corrupt;

    /** Decides which packets are meant. */
    public final long seed;

    private NetemSettings(
            long delay, long jitter, long rate, int limit, double loss, double duplicate, double reorder, double corrupt,
            long seed) {
        this.delay = delay;
        this.jitter = jitter;
        this.rate = rate;
        this.limit = limit;
        this.loss = loss;
        this.duplicate = duplicate;
        this.reorder = reorder;
        this.corrupt = corrupt;
        this.seed = seed;
    }

    private static final String EXPECTED =
            "expected delay TIME [TIME], rate RATE, limit PACKETS, loss SHARE, duplicate SHARE, reorder SHARE, corrupt SHARE "
                    + "or seed NUMBER";

    /** @throws IllegalArgumentException the text is wrong; the message says where and what was expected */
    public static NetemSettings parse(String text) {
        long delay = 0;
        long jitter = 0;
        long rate = 0;
        int limit = DEFAULT_LIMIT;
        double loss = 0;
        double duplicate = 0;
        double reorder = 0;
        double corrupt = 0;
        long seed = 1;

        String[] words = text.isBlank() ? new String[0] : text.strip().split("\\s+");
        Set<String> said = new HashSet<>();
        for (int i = 0; i < words.length; i++) {
            String what = words[i];
            if (!said.add(what)) {
                throw new IllegalArgumentException("netem: " + what + " is said twice");
            }
            if (i + 1 == words.length) {
                throw new IllegalArgumentException("netem: nothing follows " + what + "; " + EXPECTED);
            }
            String value = words[++i];
            try {
                switch (what) {
                    case "delay":
                        delay = Quantity.time(value);
                        if (i + 1 < words.length && Character.isDigit(words[i + 1].charAt(0))) {
                            jitter = Quantity.time(words[++i]);
                        }
                        break;
                    case "rate":
                        rate = Quantity.rate(value);
                        break;
                    case "limit":
                        limit = Quantity.count(value);
                        break;
                    case "loss":
                        loss = Quantity.share(value);
                        break;
                    case "duplicate":
                        duplicate = Quantity.share(value);
                        break;
                    case "reorder":
                        reorder = Quantity.share(value);
                        break;
                    case "corrupt":
                        corrupt = Quantity.share(value);
                        break;
                    case "seed":
                        seed = Long.parseLong(value);
                        break;
                    default:
                        throw new IllegalArgumentException("\"" + what + "\" is unknown; " + EXPECTED);
                }
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException("netem: " + what + ": \"" + value + "\" is not a whole number");
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("netem: " + (said.contains(what) ? what + ": " : "") + e.getMessage());
            }
        }
        if (jitter > delay) {
            throw new IllegalArgumentException("netem: delay: it cannot vary by more than it is");
        }
        if (reorder > 0 && delay == 0) {
            throw new IllegalArgumentException("netem: reorder: without a delay there is nothing to overtake");
        }
        return new NetemSettings(delay, jitter, rate, limit, loss, duplicate, reorder, corrupt, seed);
    }
}
