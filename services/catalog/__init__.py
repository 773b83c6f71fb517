"""What is measured, where and when. Pure: no web, no database, no clock."""
