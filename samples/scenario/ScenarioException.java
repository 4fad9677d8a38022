// SPDX-License-Identifier: GPL-2.0-only
package scenario;

/** A scenario file has a mistake, or asks for something that the machine refuses. The message says file, line and why. */
public final class ScenarioException extends Exception {
    private static final long serialVersionUID = 1L;

    ScenarioException(String file, int line, String why) {
        super(line > 0 ? file + ":" + line + ": " + why : file + ": " + why);
    }
}
