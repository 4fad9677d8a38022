// SPDX-License-Identifier: GPL-2.0-only
package linux.in;

/** An address and the length of its prefix as people write them: "10.0.0.1/24", "10.0.0.1", "default". */
public final class Prefix {
    /** Host order. */
    public final int addr;

    public final int len;

    public Prefix(int addr, int len) {
        this.addr = addr;
        this.len = len;
    }

    /** @throws IllegalArgumentException if it is none */
    public static Prefix parse(String s) {
        if (s.equals("default")) {
            return new Prefix(0, 0);
        }
        int slash = s.indexOf('/');
        if (slash < 0) {
            return new Prefix(parseAddr(s), 32);
        }
        int len = Integer.parseInt(s.substring(slash + 1));
        if (len < 0 || len > 32) {
            throw new IllegalArgumentException("no prefix: " + s);
        }
        return new Prefix(parseAddr(s.substring(0, slash)), len);
    }

    /** @return "10.0.0.1" in host order */
    public static int parseAddr(String s) {
        String[] bytes = s.split("\\.", -1);
        int addr = 0;
        if (bytes.length != 4) {
            throw new IllegalArgumentException("no IPv4 address: " + s);
        }
        for (String b : bytes) {
            int n = Integer.parseInt(b);
            if (n < 0 || n > 255) {
                throw new IllegalArgumentException("no IPv4 address: " + s);
            }
            addr = addr << 8 | n;
        }
        return addr;
    }
}
