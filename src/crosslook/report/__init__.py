"""What people look at: pictures and pages made from results/ and build/."""
