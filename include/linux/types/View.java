// SPDX-License-Identifier: GPL-2.0-only
package linux.types;

/**
 * A pointer to a struct that lies in a packet: the bytes and where in them it begins. Headers and options
 * extend it with an accessor for each field.
 */
public class View {
    public final byte[] b;
    public final int at;

    public View(byte[] b, int at) {
        this.b = b;
        this.at = at;
    }
}
