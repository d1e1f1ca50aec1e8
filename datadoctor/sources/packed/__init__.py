"""Images that are packed into larger files: members of archives, rows of tables. Nothing is unpacked to the disk by a name."""
