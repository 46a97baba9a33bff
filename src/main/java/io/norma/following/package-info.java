/**
 * Sets of running statistics that follow the traffic of a class of requests, where that is allowed.
 * {@link io.norma.following.FollowingSelector} tells which statistics a request gets, {@link
 * io.norma.following.Follower} gathers its rows and holds the set against what the class would get
 * without it, {@link io.norma.following.FollowingService} makes revisions of the rows, promotes
 * those that are certified good, and goes back.
 */
@NullMarked
package io.norma.following;

import org.jspecify.annotations.NullMarked;
