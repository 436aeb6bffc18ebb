print("traveler")
