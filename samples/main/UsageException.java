// SPDX-License-Identifier: GPL-2.0-only
package main;

/** The reader's words cannot be followed: one clear line, and exit status 2. */
public final class UsageException extends Exception {
    private static final long serialVersionUID = 1L;

    public UsageException(String message) {
        super(message);
    }
}
