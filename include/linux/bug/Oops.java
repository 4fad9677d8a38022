// SPDX-License-Identifier: GPL-2.0-only
package linux.bug;

/** A {@code BUG_ON} that came true: the machine stops. Only wrong code can get here, never a packet. */
public final class Oops extends Error {
    private static final long serialVersionUID = 1L;

    public Oops(String message) {
        super(message);
    }

    public Oops(String message, Throwable cause) {
        super(message, cause);
    }
}
