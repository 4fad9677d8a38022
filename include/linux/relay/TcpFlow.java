// SPDX-License-Identifier: GPL-2.0-only
package linux.relay;

/** One direction of a TCP connection, or of a subflow. */
record TcpFlow(int saddr, int daddr, int source, int dest) {}
