package io.norma;

import io.norma.security.command.KeysCommand;

/** What the program does in place of serving, where its first argument says so. */
final class Commands {
  private Commands() {}

  /**
   * Runs the command that the arguments begin with.
   *
   * @return whether they begin with one
   */
  static boolean run(String[] arguments) {
    switch (arguments.length == 0 ? "" : arguments[0]) {
      case "backup" -> BackupCommand.backup(arguments);
      case "restore" -> BackupCommand.restore(arguments);
      case "keys" -> System.exit(KeysCommand.run(arguments));
      default -> {
        return false;
      }
    }
    return true;
  }
}
