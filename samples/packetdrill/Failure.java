// SPDX-License-Identifier: GPL-2.0-only
package packetdrill;

/** What went wrong in an event, without the place: whoever plays the script adds that. */
final class Failure extends Exception {
    private static final long serialVersionUID = 1L;

    Failure(String why) {
        super(why, null, false, false);
    }
}
