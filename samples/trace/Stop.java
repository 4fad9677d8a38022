// SPDX-License-Identifier: GPL-2.0-only
package trace;

/** Placeholder. */
final class Stop {
    void entered(Call c, int nth) {}

    void packet(int number) {}
}
